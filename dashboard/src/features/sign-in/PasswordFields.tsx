import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

/** A new password, twice: fields `new_password` and `repeated` of the form around it. */
export function PasswordFields() {
  const { t } = useTranslation('signIn');
  return (
    <>
      <Form.Item
        name="new_password"
        label={t('newPassword')}
        extra={t('passwordRule')}
        rules={[{ required: true, message: t('passwordMissing') }]}
      >
        <Input.Password size="large" dir="ltr" autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="repeated"
        label={t('repeated')}
        dependencies={['new_password']}
        rules={[
          { required: true, message: t('passwordMissing') },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === undefined || value === getFieldValue('new_password')
                ? Promise.resolve()
                : Promise.reject(new Error(t('notEqual'))),
          }),
        ]}
      >
        <Input.Password size="large" dir="ltr" autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
