import { z } from 'zod';
import type { OptionText } from './command.js';

/** The service's own levels; a test holds them to the server package's list. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
const FORMATS = ['text', 'json'] as const;

export const LOG_LEVEL_OPTION: OptionText = {
  flags: '--log-level <level>',
  summary: 'what to log (default: REMOTEMEDIA_LOG or RUST_LOG, else info)',
  choices: LEVELS,
};

export const LOG_FORMAT_OPTION: OptionText = {
  flags: '--log-format <format>',
  summary: 'how log lines look',
  default: 'text',
  choices: FORMATS,
};

export const logLevel = z.enum(LEVELS);
export const logFormat = z.enum(FORMATS);

export type LogLevel = z.infer<typeof logLevel>;
