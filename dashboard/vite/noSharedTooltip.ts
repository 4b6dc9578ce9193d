/**
 * Leaves out the one popup that all tooltips of Ant Design may share, which its ConfigProvider
 * brings into every app together with the whole popup engine. It is off unless asked for
 * (`tooltip={{ unique: true }}`); tooltips work without it.
 */
import type { Plugin } from 'vite';

const EMPTY = '\0no-shared-tooltip';

export function noSharedTooltip(): Plugin {
  return {
    name: 'no-shared-tooltip',
    enforce: 'pre',
    resolveId(source, importer = '') {
      const isShared = source.endsWith('/tooltip/UniqueProvider');
      return isShared && importer.includes('/antd/es/config-provider/') ? EMPTY : null;
    },
    load: (id) => (id === EMPTY ? 'export default ({ children }) => children;' : null),
  };
}
