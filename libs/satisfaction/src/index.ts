export * from './satisfaction.capability.js';
export * from './satisfaction.module.js';
export { scoreSurvey } from './score-survey.js';
export { SURVEY_METRICS, type SurveyMetricDefinition } from './survey-metrics.js';
