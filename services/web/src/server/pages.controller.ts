import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pages } from './pages.js';

/** Everything that the kit's own routes (`/health` and the probes) don't answer. */
@Controller()
export class PagesController {
  constructor(private readonly pages: Pages) {}

  @Get('config.json')
  config(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.header('cache-control', 'no-store').send(this.pages.configFor(request.headers.host));
  }

  /** Fastify answers HEAD from it too. */
  @Get('*')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { status, path, headers } = this.pages.find(request.url, request.headers.host);
    reply.status(status).headers(headers).sendFile(path, { cacheControl: false });
  }
}
