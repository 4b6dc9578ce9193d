import { Tag } from '@/ui/Tag';

/** How a request was answered: the status, and the code of the problem if there was one. */
export function AnswerTag({ status, code }: { status: number; code: string | null }) {
  return (
    <Tag tone={status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good'}>
      <bdi>{code === null ? status : `${status} ${code}`}</bdi>
    </Tag>
  );
}
