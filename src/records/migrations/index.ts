/** Steps from an empty database to the present schema; step i makes user_version i + 1. Only ever appended to. */
import { STUDIES } from './0001-studies.ts';
import { IMAGES } from './0002-images.ts';
import { RELABEL_MANY } from './0003-relabel-many.ts';
import { EVENTS } from './0004-events.ts';
import { WAVE_LIMIT_CORRECTIONS } from './0005-wave-limits.ts';

export const MIGRATIONS: readonly string[] = [STUDIES, IMAGES, RELABEL_MANY, EVENTS, WAVE_LIMIT_CORRECTIONS];
