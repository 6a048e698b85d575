import { ACCESS_ROWS, writeAccessFiles } from './rows/access-rows.js';
import { testRows } from './test-rows.js';

testRows(ACCESS_ROWS, writeAccessFiles);
