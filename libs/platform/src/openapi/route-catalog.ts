import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  COMMAND_ROUTE,
  DESCRIBED_ROUTE,
  PERMISSION_ROUTE,
  PUBLIC_ROUTE,
  QUERY_ROUTE,
} from '../http/route-decorators.js';
import type { DescribedRoute } from './openapi-document.js';

const TAGS = 'swagger/apiUseTags';

/** All routes of all controllers, as they were declared. */
export function describedRoutes(discovery: DiscoveryService): DescribedRoute[] {
  const scanner = new MetadataScanner();
  const routes = discovery.getControllers().flatMap(({ instance, metatype }) => {
    if (!instance || !metatype) return [];
    const prototype: object = Object.getPrototypeOf(instance);
    const [tag = 'other'] = (Reflect.getMetadata(TAGS, metatype) ?? []) as string[];
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = (prototype as Record<string, object>)[name];
      const path: unknown = handler === undefined ? undefined : Reflect.getMetadata(PATH_METADATA, handler);
      if (handler === undefined || path === undefined) return [];
      const of = (key: string) => Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, metatype);
      return [
        {
          method: RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))] ?? 'GET',
          path: pathOf(Reflect.getMetadata(PATH_METADATA, metatype), path),
          operationId: operationIdOf(metatype.name, name),
          tag,
          command: of(COMMAND_ROUTE),
          query: of(QUERY_ROUTE),
          permission: of(PERMISSION_ROUTE),
          description: of(DESCRIBED_ROUTE),
          public: of(PUBLIC_ROUTE) === true,
        },
      ];
    });
  });
  return routes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function pathOf(...parts: unknown[]): string {
  const joined = parts.map((part) => String(part).replace(/^\/|\/$/g, '')).filter((part) => part !== '');
  return `/${joined.join('/')}`.replace(/:([A-Za-z]+)/g, '{$1}');
}

/** `OrdersController`, `placeOrder` → `orders_placeOrder` */
function operationIdOf(controller: string, method: string): string {
  const subject = controller.replace(/Controller$/, '');
  return `${subject.charAt(0).toLowerCase()}${subject.slice(1)}_${method}`;
}
