/** Starts the window. */
import '@fontsource-variable/inter/index.css';
import '@fontsource/jetbrains-mono/400.css';
import '@mantine/core/styles.css';
import './theme/tokens.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { cssVariables, theme } from './theme/theme.ts';
import { start } from './workspace/workspace.ts';

// The content security policy lets only styles with this document's nonce in.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;

// Nothing here writes markup; whatever tries to is refused.
const { trustedTypes } = globalThis as {
  trustedTypes?: {
    createPolicy: (name: string, rules: { createHTML: (html: string) => string | null }) => unknown;
  };
};
trustedTypes?.createPolicy('default', { createHTML: (html) => (/<[a-z/!]/i.test(html) ? null : html) });

// A file dropped outside of the drop target must never replace the window.
for (const kind of ['dragover', 'drop']) {
  window.addEventListener(kind, (event) => event.preventDefault());
}

const root = document.getElementById('root')!;
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <App root={root} />
    </MantineProvider>
  </StrictMode>,
);
void start();
