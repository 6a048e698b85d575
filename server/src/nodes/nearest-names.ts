export { nearestNames } from '@remotemedia/contract';
