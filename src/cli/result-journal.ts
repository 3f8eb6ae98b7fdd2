/** What a batch left on disk: result lines, appended while it runs, so that a run that was cut off can go on. */
import { access, appendFile, readFile, rm } from 'node:fs/promises';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { type ResultLine, resultLineSchema } from './result-line.ts';

export class ResultJournal {
  readonly #finishedPath: string;
  readonly #journalPath: string;
  readonly #earlier: ReadonlyMap<string, ResultLine>;

  private constructor(base: string, earlier: ReadonlyMap<string, ResultLine>) {
    this.#finishedPath = `${base}.jsonl`;
    this.#journalPath = `${base}.partial.jsonl`;
    this.#earlier = earlier;
  }

  /** @param base path without extension; @param resume whether lines of an earlier run are to be read */
  static async open(base: string, resume: boolean): Promise<ResultJournal> {
    const earlier = new Map<string, ResultLine>();
    if (resume) {
      for (const extension of ['.jsonl', '.partial.jsonl']) {
        for (const line of await linesOf(`${base}${extension}`)) earlier.set(line.input, line);
      }
    }
    const journal = new ResultJournal(base, earlier);
    if (!resume) await rm(journal.#journalPath, { force: true });
    return journal;
  }

  earlier(input: string): ResultLine | undefined {
    return this.#earlier.get(input);
  }

  async append(line: ResultLine): Promise<void> {
    await appendFile(this.#journalPath, `${JSON.stringify(line)}\n`);
  }

  /** The run is complete: all lines in order, in one file. */
  async finish(lines: readonly ResultLine[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFileAtomically(this.#finishedPath, new TextEncoder().encode(text));
    await rm(this.#journalPath, { force: true });
  }
}

async function linesOf(path: string): Promise<ResultLine[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return [];
  }
  // The last line of a journal may be cut off, and another version may have written it: both are done again.
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = resultLineSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

/** Whether all files of a result are there, as a run that goes on asks. */
export async function allExist(paths: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(paths.map((path) => access(path)));
    return true;
  } catch {
    return false;
  }
}
