import { useTranslation } from 'react-i18next';
import { PasswordField } from '@/ui/form/fields';
import { FormItem } from '@/ui/form/Form';

/** A new password, twice: fields `new_password` and `repeated` of the form around it. */
export function PasswordFields() {
  const { t } = useTranslation('signIn');
  return (
    <>
      <FormItem
        name="new_password"
        label={t('newPassword')}
        hint={t('passwordRule')}
        rules={[{ required: true, message: t('passwordMissing') }]}
      >
        <PasswordField large dir="ltr" autoComplete="new-password" />
      </FormItem>
      <FormItem
        name="repeated"
        label={t('repeated')}
        rules={[
          { required: true, message: t('passwordMissing') },
          { check: (value, values) => value === values.new_password, message: t('notEqual') },
        ]}
      >
        <PasswordField large dir="ltr" autoComplete="new-password" />
      </FormItem>
    </>
  );
}
