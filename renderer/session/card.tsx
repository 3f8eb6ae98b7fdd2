/** The frame of the screens before the worklist. */
import type { ReactNode } from 'react';
import { DECISION_SUPPORT_NOTICE } from '../../src/contract/ecg.ts';
import classes from './session.module.css';

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
            <path
              d="M1 16h7l2-3 2 3h2l2-12 3 19 2-7h6"
              fill="none"
              stroke="currentColor"
              strokeWidth="2"
              strokeLinejoin="round"
            />
          </svg>
          <div>
            <h1>{title}</h1>
            <p className="k-quiet">Kirchhoff</p>
          </div>
        </div>
        {children}
        <p className={classes.notice}>{DECISION_SUPPORT_NOTICE}</p>
      </div>
    </main>
  );
}
