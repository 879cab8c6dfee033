/** The demo organization: an agent with two tools, made once. What a user changes or deletes afterwards stays as the user left it. */
import { join } from 'node:path';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService, type Agent } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService, type Tool, type ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { DEMO_AGENT_NAME, demoAgent, hoursTool, TIME_TOOL } from './demo-definitions.js';
import { isDemoEndpoint } from './demo-endpoint.js';
import { readJsonFile, writeJsonFile } from './json-file.js';
import type { Platform } from './platform.js';

const OPERATOR: Caller = { subject: 'service:standalone', roles: ['operator'] };
const MAX_PAGES = 100;

export interface Demo {
  organizationId: string;
  /** A one-time token for the console, valid for 24 h. */
  signInToken: string;
}

export interface DemoOptions {
  internalAuthSecret: string;
  /** Where it is noted that the demo was made. */
  dataFolder: string;
}

/** Safe to repeat: a first start that was cut short is completed by the next one. */
export async function setUpDemo(platform: Platform, options: DemoOptions): Promise<Demo> {
  const setup = new DemoSetup(platform, options);
  try {
    return await setup.run();
  } finally {
    setup.close();
  }
}

class DemoSetup {
  private readonly accounts;
  private readonly agents;
  private readonly tools;
  private readonly noteFile: string;

  constructor(
    private readonly platform: Platform,
    { internalAuthSecret, dataFolder }: DemoOptions,
  ) {
    const contexts = new CallerContexts(internalAuthSecret);
    const to = <Name extends keyof Platform['addresses']>(serviceName: Name) => ({
      serviceName,
      address: platform.addresses[serviceName],
      contexts,
    });
    this.accounts = createGrpcClient(AccountsServiceService, to('accounts'));
    this.agents = createGrpcClient(AgentsServiceService, to('agents'));
    this.tools = createGrpcClient(ToolsServiceService, to('tools'));
    this.noteFile = join(dataFolder, 'demo.json');
  }

  async run(): Promise<Demo> {
    const { organization } = await this.accounts.ensureOrganization(
      { slug: 'demo', name: 'Demo' },
      { caller: OPERATOR },
    );
    const organizationId = organization!.id;
    const caller: Caller = { organizationId, subject: 'service:standalone', roles: ['member'] };
    const tools = await this.listTools(caller);
    if (await this.wasMade(organizationId)) {
      await this.moveHoursTools(tools, caller);
    } else {
      await this.makeMissing(tools, caller);
      await writeJsonFile(this.noteFile, { organizationId });
    }
    const { token } = await this.accounts.createSignInLink({ organizationId }, { caller: OPERATOR });
    return { organizationId, signInToken: token };
  }

  close(): void {
    for (const client of [this.accounts, this.agents, this.tools]) client.close();
  }

  /** Noted after the last step, so that what a user deletes is not taken for something that is missing. */
  private async wasMade(organizationId: string): Promise<boolean> {
    const note = await readJsonFile(this.noteFile).catch(() => undefined);
    return (note as { organizationId?: unknown } | undefined)?.organizationId === organizationId;
  }

  private async makeMissing(tools: Tool[], caller: Caller): Promise<void> {
    await this.moveHoursTools(tools, caller);
    const toolIds = [
      await this.ensureTool(hoursTool(this.platform.demoEndpointUrl), tools, caller),
      await this.ensureTool(TIME_TOOL, tools, caller),
    ];
    const agent = (await this.findAgent(caller)) ?? (await this.createAgent(toolIds, caller));
    if (agent.publishedVersion === 0) await this.agents.publishAgent({ id: agent.id }, { caller });
  }

  private async ensureTool(definition: ToolDefinition, tools: Tool[], caller: Caller): Promise<string> {
    const found = tools.find((tool) => tool.definition?.name === definition.name);
    if (found) return found.id;
    const { tool } = await this.tools.createTool({ definition }, { caller });
    return tool!.id;
  }

  private async createAgent(toolIds: string[], caller: Caller): Promise<Agent> {
    const { agent } = await this.agents.createAgent({ name: DEMO_AGENT_NAME, config: demoAgent(toolIds) }, { caller });
    return agent!;
  }

  private async findAgent(caller: Caller): Promise<Agent | undefined> {
    const agents = await allPages(async (pageToken) => {
      const page = await this.agents.listAgents({ pageSize: 100, pageToken }, { caller });
      return { items: page.agents, nextPageToken: page.nextPageToken };
    });
    return agents.find((agent) => agent.name === DEMO_AGENT_NAME);
  }

  /** The demo's endpoint has another port at each start. */
  private async moveHoursTools(tools: Tool[], caller: Caller): Promise<void> {
    for (const { id, definition } of tools) {
      if (definition?.kind?.$case !== 'http' || !isDemoEndpoint(definition.kind.value.url)) continue;
      const http = { ...definition.kind.value, url: this.platform.demoEndpointUrl };
      await this.tools.updateTool(
        { id, definition: { ...definition, kind: { $case: 'http', value: http } } },
        { caller },
      );
    }
  }

  private async listTools(caller: Caller): Promise<Tool[]> {
    return await allPages(async (pageToken) => {
      const page = await this.tools.listTools({ pageSize: 100, pageToken }, { caller });
      return { items: page.tools, nextPageToken: page.nextPageToken };
    });
  }
}

async function allPages<Item>(
  list: (pageToken: string) => Promise<{ items: Item[]; nextPageToken: string }>,
): Promise<Item[]> {
  const found: Item[] = [];
  let pageToken = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, nextPageToken } = await list(pageToken);
    found.push(...items);
    if (nextPageToken === '') break;
    pageToken = nextPageToken;
  }
  return found;
}
