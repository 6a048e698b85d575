import { SESSION_ROWS } from './rows/session-rows.js';
import { testRows } from './test-rows.js';

testRows(SESSION_ROWS);
