/** Mantine's theme with the product's tokens; the same values as tokens.css. */
import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
  Modal,
  Tooltip,
} from '@mantine/core';

const ACCENT: MantineColorsTuple = [
  '#e4f1f7',
  '#c6e2ee',
  '#9fd0e6',
  '#74bfdf',
  '#4fb3d9',
  '#2e97c0',
  '#1c81aa',
  '#0b6e99',
  '#085a7e',
  '#054561',
];

const NEUTRAL_DARK: MantineColorsTuple = [
  '#eef2f4',
  '#c9d1d6',
  '#98a4ad',
  '#6c7780',
  '#2a3137',
  '#20262b',
  '#15191c',
  '#0e1113',
  '#0b0d0f',
  '#08090b',
];

export const theme: MantineThemeOverride = createTheme({
  fontFamily: '"Inter Variable", "Noto Sans", sans-serif',
  fontFamilyMonospace: '"JetBrains Mono", monospace',
  fontSizes: { xs: '11px', sm: '13px', md: '13px', lg: '16px', xl: '20px' },
  headings: { fontWeight: '600' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: '4px',
  colors: { accent: ACCENT, dark: NEUTRAL_DARK },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'filled' } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, shadow: 'none', transitionProps: { duration: 80 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: false } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#15191c',
    '--mantine-color-dimmed': '#5b6670',
    '--mantine-color-default-border': '#848e96',
    '--mantine-color-placeholder': '#5b6670',
    // What is wrong with a field is said in words: red is for what is urgent in a patient.
    '--mantine-color-error': '#15191c',
  },
  dark: {
    '--mantine-color-body': '#0e1113',
    '--mantine-color-text': '#eef2f4',
    '--mantine-color-dimmed': '#98a4ad',
    '--mantine-color-default-border': '#6c7780',
    '--mantine-color-placeholder': '#98a4ad',
    '--mantine-color-error': '#eef2f4',
  },
});
