'use client';
import { useCallback, useState } from 'react';
import { Badge } from '../components/badge';
import { Button } from '../components/button';
import { Card, Stack } from '../components/card';
import { CodeBlock } from '../components/code-block';
import { ConfirmDialog } from '../components/confirm-dialog';
import { Empty } from '../components/empty';
import { ListCard } from '../components/list-card';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { ApiKey } from '../lib/api-types';
import { formatTime } from '../lib/format';
import { usePages } from '../lib/use-pages';
import { CreateKeyDialog } from './create-key-dialog';

export function ApiKeysPage() {
  const { api, config } = useConsole();
  const keys = usePages<ApiKey>(useCallback((_cursor, signal) => api.listApiKeys(signal), [api]));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const create = (
    <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <>
      <PageHeader title="API keys" actions={keys.items?.length !== 0 && create}>
        With a key your own programs manage agents, read conversations and mint call tokens. Keep keys on servers: never
        in a web page or an app.
      </PageHeader>
      <Stack>
        <ListCard
          pages={keys}
          caption="API keys"
          columns={['Name', 'Key', 'Created', 'Last used', 'State', '']}
          empty={
            <Empty title="No keys yet" action={create}>
              Create one to use the REST and gRPC API.
            </Empty>
          }
          row={(key) => <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />}
        />
        <Card title="Try it">
          <CodeBlock
            label="A request with curl"
            code={`curl ${config.apiUrl}/v1/agents \\\n  -H "X-API-Key: $ORBISVOICE_API_KEY"`}
          />
        </Card>
      </Stack>
      {creating && <CreateKeyDialog onClose={() => setCreating(false)} onCreated={keys.reload} />}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          action="Revoke"
          dangerous
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await api.revokeApiKey(revoking.id);
            keys.reload();
          }}
        >
          Programs that use this key are refused from this moment on. This can’t be undone.
        </ConfirmDialog>
      )}
    </>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { revokedAt, expiresAt, lastUsedAt } = apiKey;
  const expired = expiresAt ? new Date(expiresAt) < new Date() : false;
  return (
    <tr>
      <td>
        <strong>{apiKey.name}</strong>
      </td>
      <td data-label="Key">
        <code>{apiKey.preview}</code>
      </td>
      <td data-label="Created">{formatTime(apiKey.createdAt)}</td>
      <td data-label="Last used">{lastUsedAt ? formatTime(lastUsedAt) : <span className="muted">Never</span>}</td>
      <td data-label="State">
        {revokedAt ? (
          <Badge tone="danger">Revoked</Badge>
        ) : expired ? (
          <Badge>Expired</Badge>
        ) : (
          <Badge tone="ok">Active</Badge>
        )}
      </td>
      <td>
        {!revokedAt && (
          <Button small look="danger" onClick={onRevoke} aria-label={`Revoke ${apiKey.name}`}>
            Revoke
          </Button>
        )}
      </td>
    </tr>
  );
}
