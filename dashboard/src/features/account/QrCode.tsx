import { QRCode } from 'antd';

/** `value` as a picture that phones read. Dark on white in either theme: some readers need that. */
export default function QrCode({ value, label }: { value: string; label: string }) {
  return (
    <span role="img" aria-label={label} dir="ltr">
      <span aria-hidden>
        <QRCode value={value} type="svg" size={176} color="#000" bgColor="#fff" />
      </span>
    </span>
  );
}
