/**
 * The colours of the product, light and dark: warm greys, one deep green-blue for what can be
 * acted on, and signal colours that are told apart by words as well.
 * Text on its background has a contrast of at least 4.5 in both.
 */
export interface Palette {
  accent: string;
  accentHover: string;
  accentSoft: string;
  onAccent: string;
  canvas: string;
  surface: string;
  raised: string;
  rail: string;
  railText: string;
  railMuted: string;
  railActive: string;
  line: string;
  lineSoft: string;
  text: string;
  textSoft: string;
  textFaint: string;
  good: string;
  goodSoft: string;
  warn: string;
  warnSoft: string;
  bad: string;
  badSoft: string;
  info: string;
  infoSoft: string;
  focus: string;
}

export const light: Palette = {
  accent: '#0d6b60',
  accentHover: '#0a574e',
  accentSoft: '#e0f0ec',
  onAccent: '#ffffff',
  canvas: '#f5f6f4',
  surface: '#ffffff',
  raised: '#ffffff',
  rail: '#12241f',
  railText: '#eaf2ef',
  railMuted: '#a3b7b0',
  railActive: '#21392f',
  line: '#d8ddd9',
  lineSoft: '#e9ecea',
  text: '#17211e',
  textSoft: '#4c5954',
  textFaint: '#65726c',
  good: '#1a6b35',
  goodSoft: '#e2f2e6',
  warn: '#8a5200',
  warnSoft: '#fdf0d9',
  bad: '#b3261e',
  badSoft: '#fce8e6',
  info: '#235a97',
  infoSoft: '#e5eefa',
  focus: '#0b8576',
};

export const dark: Palette = {
  accent: '#4cc2ae',
  accentHover: '#6fd3c2',
  accentSoft: '#17352f',
  onAccent: '#04211c',
  canvas: '#101513',
  surface: '#171d1b',
  raised: '#1e2623',
  rail: '#0b110f',
  railText: '#e5ece9',
  railMuted: '#93a59e',
  railActive: '#1b2a25',
  line: '#313b37',
  lineSoft: '#252d2a',
  text: '#e6ece9',
  textSoft: '#b3bfba',
  textFaint: '#93a09a',
  good: '#7ccb90',
  goodSoft: '#16301d',
  warn: '#e5b25d',
  warnSoft: '#35280f',
  bad: '#f2938c',
  badSoft: '#3b1b19',
  info: '#8db9ec',
  infoSoft: '#17293d',
  focus: '#6fe0cd',
};
