import { ButtonLink } from '../components/button';
import { Standalone } from '../console/standalone';

export default function NotFound() {
  return (
    <Standalone title="There is no such page">
      <p>The address may be mistyped, or the page has moved.</p>
      <ButtonLink href="/" look="primary">
        Go to the console
      </ButtonLink>
    </Standalone>
  );
}
