import { SERVICE_ROWS } from './rows/service-rows.js';
import { testRows } from './test-rows.js';

testRows(SERVICE_ROWS);
