/** The program's version, as provenance and reports give it. */
import packageJson from '../../package.json' with { type: 'json' };

export const SOFTWARE_VERSION: string = packageJson.version;
