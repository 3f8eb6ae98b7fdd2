/** Objects of a study that are no images: a structured report as text, a PDF as pages, a waveform as a link. */
import { Button, Loader } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { ImagingDocument, ReportNode } from '../../src/contract/imaging-requests.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { goTo } from '../workspace/workspace.ts';
import { drawPages } from './pdf-pages.ts';
import classes from './radiograph.module.css';

type Load =
  | { state: 'loading' }
  | { state: 'failed'; error: ErrorBody }
  | { state: 'loaded'; document: ImagingDocument };

export function DocumentView({ objectId }: { objectId: string }) {
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  useEffect(() => {
    let gone = false;
    setLoad({ state: 'loading' });
    request('imaging.document', { objectId }).then(
      (document) => !gone && setLoad({ state: 'loaded', document }),
      (thrown: unknown) => !gone && setLoad({ state: 'failed', error: bodyOf(thrown) }),
    );
    return () => {
      gone = true;
    };
  }, [objectId]);
  if (load.state === 'loading') return <Loader className={classes.loading} size="sm" aria-label="Loading" />;
  if (load.state === 'failed') {
    return (
      <div className={classes.document}>
        <ErrorNotice error={load.error} />
      </div>
    );
  }
  const { document } = load;
  return (
    <article className={classes.document} aria-label={document.title}>
      <h2>{document.title}</h2>
      {document.kind === 'report' && <Node node={document.root} />}
      {document.kind === 'pdf' && <Pages bytes={document.bytes} />}
      {document.kind === 'waveform' &&
        (document.ecgStudyId === null ? (
          <p>The waveform is not among the recordings of this store.</p>
        ) : (
          <Button onClick={() => goTo({ screen: 'ecg', studyId: document.ecgStudyId! })}>
            Open the recording
          </Button>
        ))}
    </article>
  );
}

function Node({ node }: { node: ReportNode }) {
  return (
    <dl className={classes.node}>
      {node.concept !== '' && <dt>{node.concept}</dt>}
      {node.value !== '' && <dd>{node.value}</dd>}
      {node.children.map((child, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the tree of a report never changes
        <Node key={i} node={child} />
      ))}
    </dl>
  );
}

function Pages({ bytes }: { bytes: Uint8Array }) {
  const box = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const stop = new AbortController();
    drawPages(bytes, element, classes.page!, stop.signal).catch((thrown: unknown) => {
      if (!stop.signal.aborted) setError(bodyOf(thrown));
    });
    return () => stop.abort();
  }, [bytes]);
  return (
    <>
      {error !== null && (
        <ErrorNotice error={error} next="Ask whoever sent the document to send it again as a PDF." />
      )}
      <div ref={box} />
    </>
  );
}
