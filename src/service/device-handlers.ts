/** Answers the requests of the device lab. */
import type { DEVICE_LAB_REQUESTS } from '../contract/device-lab.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { noFaults } from '../records/faults.ts';
import type { Handlers, ServiceContext } from './context.ts';
import { importDeviceProfile } from './device-profiles.ts';

export function deviceHandlers({
  pool,
  softwareVersion,
}: ServiceContext): Handlers<
  Exclude<keyof typeof DEVICE_LAB_REQUESTS, 'device.export' | 'device.importProfile'>
> {
  return {
    'device.choices': () => pool.run({ kind: 'device-choices' }),
    'device.readProfile': ({ path }) => ({ name: importDeviceProfile(path) }),
    'device.overview': ({ model, device }) => pool.run({ kind: 'device-overview', model, device }),
    'device.tile': ({ model, device, layer, tile }) =>
      pool.run({ kind: 'device-tile', model, device, layer, tile }),
    'device.write': async ({ model, device, path }) => {
      const [overview, study, choices] = await Promise.all([
        pool.run({ kind: 'device-overview', model, device }),
        pool.run({ kind: 'device-study', model }),
        pool.run({ kind: 'device-choices' }),
      ]);
      const { programmingError } = overview;
      const figures = {
        model,
        device,
        softwareVersion,
        profile: choices.profiles.find(({ name }) => name === device.profile),
        ...overview,
        programmingError: {
          ...programmingError,
          counts: Array.from(programmingError.counts),
          expected: Array.from(programmingError.expected),
        },
        study,
      };
      const bytes = new TextEncoder().encode(`${JSON.stringify(figures, null, 2)}\n`);
      writeFileAtomically(path, bytes, noFaults);
      return { path };
    },
    'device.switched': ({ model, device, switches }) =>
      pool.run({ kind: 'device-switched', model, device, switches }),
    'device.measure': ({ model, device }) => pool.run({ kind: 'device-measure', model, device }),
    'device.study': ({ model }) => pool.run({ kind: 'device-study', model }),
  };
}
