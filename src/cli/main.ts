/** `kirchhoff`: the command line. Answers go to standard output, everything else to standard error. */
import { SOFTWARE_VERSION } from '../service/version.ts';
import { ablationCommand } from './ablation.ts';
import { analyze } from './analyze.ts';
import { convert } from './convert.ts';
import { asksForImages, convertImages } from './convert-image.ts';
import { cost } from './cost.ts';
import { evaluate } from './evaluate.ts';
import { EXIT, UsageError } from './exit.ts';
import {
  ABLATION_HELP,
  ANALYZE_HELP,
  CONVERT_HELP,
  COST_HELP,
  EVALUATE_HELP,
  HELP,
  MODELS_HELP,
  NEUROBENCH_HELP,
} from './help.ts';
import { models } from './models.ts';
import { neurobench } from './neurobench.ts';

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'ablation':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(ABLATION_HELP);
        return EXIT.done;
      }
      return ablationCommand(rest);
    case 'analyze':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(ANALYZE_HELP);
        return EXIT.done;
      }
      return analyze(rest);
    case 'convert':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(CONVERT_HELP);
        return EXIT.done;
      }
      return asksForImages(rest) ? convertImages(rest) : convert(rest);
    case 'cost':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(COST_HELP);
        return EXIT.done;
      }
      return cost(rest);
    case 'models':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(MODELS_HELP);
        return EXIT.done;
      }
      return models(rest);
    case 'evaluate':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(EVALUATE_HELP);
        return EXIT.done;
      }
      return rest[0] === '--ablation' ? ablationCommand(rest.slice(1)) : evaluate(rest);
    case 'neurobench':
      if (rest.includes('--help') || rest.includes('-h')) {
        process.stdout.write(NEUROBENCH_HELP);
        return EXIT.done;
      }
      return neurobench(rest);
    case '--version':
      process.stdout.write(`${SOFTWARE_VERSION}\n`);
      return EXIT.done;
    case '--help':
    case '-h':
      process.stdout.write(HELP);
      return EXIT.done;
    case undefined:
      process.stderr.write(HELP);
      return EXIT.usage;
    default:
      throw new UsageError(`There is no command "${command}".`);
  }
}

// A closed pipe (`| head`) is the reader's choice, no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  if (thrown instanceof UsageError) {
    process.stderr.write(`kirchhoff: ${thrown.message}\nSee kirchhoff --help.\n`);
    process.exitCode = EXIT.usage;
  } else {
    process.stderr.write(`kirchhoff: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = EXIT.someFailed;
  }
}
