// Written by `npm run train:limits`.
import type { IntervalErrors } from './intervals.ts';

export const INTERVAL_ERRORS: { many: IntervalErrors; few: IntervalErrors } = {
  "many": {
    "pDuration": {
      "biasMs": -5.552,
      "deviationMs": 8.267,
      "factor90": 1.397
    },
    "pr": {
      "biasMs": -0.667,
      "deviationMs": 4.938,
      "factor90": 1.546
    },
    "qrs": {
      "biasMs": -5.105,
      "deviationMs": 7.196,
      "factor90": 1.792
    },
    "qt": {
      "biasMs": -3.621,
      "deviationMs": 9.118,
      "factor90": 1.483
    }
  },
  "few": {
    "pDuration": {
      "biasMs": -14.606,
      "deviationMs": 16.413,
      "factor90": 1.547
    },
    "pr": {
      "biasMs": -3.98,
      "deviationMs": 14.835,
      "factor90": 1.607
    },
    "qrs": {
      "biasMs": -7.33,
      "deviationMs": 12.369,
      "factor90": 1.563
    },
    "qt": {
      "biasMs": -5.158,
      "deviationMs": 33.431,
      "factor90": 1.162
    }
  }
};
