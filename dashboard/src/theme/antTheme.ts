/** Ant Design in the product's colours and sizes. */
import { theme } from 'antd';
import type { ThemeConfig } from 'antd';

import type { Palette } from './palette';

export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";
export const ARABIC_FONT =
  "'Segoe UI', 'Noto Sans Arabic', 'Noto Naskh Arabic', 'Geeza Pro', 'SF Arabic', Tahoma, " + FONT;
export const CODE_FONT =
  "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Noto Sans Mono', Menlo, Consolas, monospace";

export function antTheme(colours: Palette, isDark: boolean, fontFamily: string): ThemeConfig {
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily,
      fontFamilyCode: CODE_FONT,
      fontSize: 14,
      borderRadius: 6,
      controlHeight: 34,
      wireframe: false,
      colorPrimary: colours.accent,
      colorInfo: colours.info,
      colorSuccess: colours.good,
      colorWarning: colours.warn,
      colorError: colours.bad,
      colorLink: colours.accent,
      // the algorithm's own are too faint on the canvas to be read
      colorLinkHover: colours.accentHover,
      colorPrimaryHover: colours.accentHover,
      colorBgLayout: colours.canvas,
      colorBgContainer: colours.surface,
      colorBgElevated: colours.raised,
      colorBorder: colours.line,
      colorBorderSecondary: colours.lineSoft,
      colorText: colours.text,
      colorTextSecondary: colours.textSoft,
      colorTextTertiary: colours.textFaint,
      colorTextPlaceholder: colours.textFaint,
      colorTextDescription: colours.textSoft,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.18s',
    },
    components: {
      Button: {
        primaryColor: colours.onAccent,
        dangerColor: isDark ? '#2b0806' : '#ffffff',
        fontWeight: 500,
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
      },
      Form: { itemMarginBottom: 18, labelColor: colours.textSoft },
      Tooltip: { colorBgSpotlight: isDark ? '#e6ece9' : '#17211e', colorTextLightSolid: isDark ? '#17211e' : '#ffffff' },
    },
  };
}
