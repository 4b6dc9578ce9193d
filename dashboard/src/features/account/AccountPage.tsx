/** One's own account: name, how this browser shows things, password, where one is signed in. */
import { useTranslation } from 'react-i18next';

import { useMe } from '@/session/context';
import { roleName } from '@/shell/person';
import { PageHeader } from '@/ui/PageHeader';

import styles from './AccountPage.module.css';
import { Appearance } from './Appearance';
import { PasswordSection } from './PasswordSection';
import { Profile } from './Profile';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';

export function AccountPage() {
  const { t } = useTranslation('account');
  const { t: inShell } = useTranslation('shell');
  const me = useMe();
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={
          <bdi>
            {me.email} · {roleName(inShell, me.role)}
          </bdi>
        }
      />
      <div className={styles.sections}>
        <Profile />
        <Appearance />
        <PasswordSection />
        <SecondFactor />
        <Sessions />
      </div>
    </>
  );
}
