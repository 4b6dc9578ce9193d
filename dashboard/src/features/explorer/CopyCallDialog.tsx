import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CodeBlock } from '@/ui/CodeBlock';
import { Dialog } from '@/ui/Dialog';
import { TabLinks } from '@/ui/TabLinks';

import { CODE_LANGUAGES, codeOf } from './code';
import type { CodeLanguage } from './code';
import type { Question } from './queries';

const NAMES: Record<CodeLanguage, string> = {
  curl: 'curl',
  python: 'Python',
  typescript: 'TypeScript',
};

interface CopyCallDialogProps {
  question: Question;
  onClose: () => void;
}

/** The call behind the page, to go on with elsewhere. */
export function CopyCallDialog({ question, onClose }: CopyCallDialogProps) {
  const { t } = useTranslation('explorer');
  const [language, setLanguage] = useState<CodeLanguage>('curl');
  return (
    <Dialog wide title={t('call.title')} onCancel={onClose}>
      <p>{t('call.hint')}</p>
      <div>
        <TabLinks
          label={t('call.language')}
          value={language}
          tabs={CODE_LANGUAGES.map((value) => ({ value, label: NAMES[value] }))}
          onChange={setLanguage}
        >
          <CodeBlock
            label={NAMES[language]}
            code={codeOf(language, window.location.origin, question)}
          />
        </TabLinks>
      </div>
    </Dialog>
  );
}
