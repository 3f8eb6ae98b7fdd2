/** Beside a document of a study: what is to be done with it, in place of the findings and the reading of a film. */
import { Button } from '@mantine/core';
import type { ImagingObject } from '../../../src/contract/imaging-study.ts';
import inspectorClasses from '../../ecg/inspector/inspector.module.css';

interface DocumentPanelProps {
  object: ImagingObject;
  /** Leads to the first image of the study; null where it holds none. */
  onImage: (() => void) | null;
}

export function DocumentPanel({ object, onImage }: DocumentPanelProps) {
  return (
    <div className={inspectorClasses.findings}>
      <section className={inspectorClasses.section} aria-label="Document">
        <h3>Not analysed</h3>
        <p>No model looks at documents: what stands in this one is its author’s.</p>
        {onImage === null ? (
          <p>The study holds no image. Confirm it once you have seen its documents.</p>
        ) : (
          <>
            <p>Your reading of the study is given beside its images.</p>
            <div>
              <Button size="xs" variant="default" onClick={onImage}>
                Go to the images
              </Button>
            </div>
          </>
        )}
        {object.warnings.map((warning) => (
          <p key={warning} className="k-quiet k-small">
            Note: {warning}
          </p>
        ))}
      </section>
    </div>
  );
}
