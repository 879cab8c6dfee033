'use client';
import '../styles/tokens.css';
import '../styles/base.css';
import { Button } from '../components/button';
import { Standalone } from '../console/standalone';

/** Takes the place of the whole document when even its layout failed. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <Standalone title="Something went wrong">
          <p>The console ran into a fault of its own. Nothing that is stored is lost.</p>
          <Button look="primary" onClick={() => location.reload()}>
            Load the page again
          </Button>
        </Standalone>
      </body>
    </html>
  );
}
