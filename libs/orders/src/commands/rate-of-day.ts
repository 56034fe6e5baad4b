import type { JsonObject, Rejection } from '#event-sourcing';
import type { CommandPreparation } from '#platform';

/**
 * A document's data with `rateOfDay`, the rate of the day on which it is dated, unless it brings its own `rate` or is in the
 * base currency.
 */
export async function withRateOfDay(
  data: JsonObject,
  dateField: string,
  preparation: CommandPreparation,
): Promise<JsonObject | Rejection> {
  if (typeof data.rate === 'string' || data.currency === preparation.settings.baseCurrency) return data;
  const day = preparation.settings.calendar.dayOfText(String(data[dateField]));
  const rateOfDay = await preparation.rateOn(String(data.currency), day);
  return typeof rateOfDay === 'string' ? { ...data, rateOfDay } : rateOfDay;
}
