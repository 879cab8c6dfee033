import { Body, Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fromTimestamp } from '@orbisvoice/service-kit/timestamps';
import { API_CONFIG } from '../api-config.token.js';
import { ACCOUNTS, EDGE, type AccountsClient } from '../clients.js';
import type { ApiConfig } from '../config.js';
import { Operation } from '../http/operation.decorator.js';
import { present } from '../http/timestamps.js';
import { Organizations } from '../organization/organizations.service.js';
import { Authenticator } from './authenticator.js';
import { callerOf, RequestIdentity, type Identity } from './identity.js';
import { expiredSessionCookies, readSessionCookie, sessionCookie } from './session-cookie.js';
import { redeemSignInLinkSchema, whoAmISchema, type RedeemSignInLink, type WhoAmI } from './session.schemas.js';

const SET_COOKIE = {
  'Set-Cookie': 'The session, in the HttpOnly cookie `ov_session`, over https `__Host-ov_session`.',
};

@ApiTags('Sign-in')
@Controller('auth')
export class SessionController {
  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(ACCOUNTS) private readonly accounts: AccountsClient,
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(Organizations) private readonly organizations: Organizations,
  ) {}

  @Post('sign-in-links/redeem')
  @Operation({
    operationId: 'redeemSignInLink',
    summary: 'Sign in with a link',
    description:
      'Spends the one-use token of a sign-in link and opens a session of the console. From a browser, only from an allowed ' +
      'origin. At most 10 attempts a minute from one address.',
    access: 'sign-in',
    status: 204,
    responseDescription: 'Signed in.',
    responseHeaders: SET_COOKIE,
    problems: { 401: { detail: 'The sign-in link is not valid.' } },
    body: true,
  })
  async redeem(
    @Body({ schema: redeemSignInLinkSchema }) { token }: RedeemSignInLink,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { sessionToken, expiresAt } = await this.accounts.redeemSignInLink({ token }, { caller: EDGE });
    const expires = fromTimestamp(present(expiresAt, 'expiry'));
    reply.header('set-cookie', sessionCookie(sessionToken, { secure: this.isSecure(request), expires }));
  }

  @Get('session')
  @Operation({
    operationId: 'getSession',
    summary: 'Who am I',
    description: 'The organization behind the session, or behind the API key.',
    status: 200,
    response: whoAmISchema,
    responseDescription: 'Who the request comes from.',
  })
  async whoAmI(@RequestIdentity() identity: Identity): Promise<WhoAmI> {
    const organization = await this.organizations.of(callerOf(identity));
    const { kind, id, expiresAt } = identity;
    return { kind, id, organization, expiresAt: expiresAt?.toISOString() ?? null };
  }

  @Delete('session')
  @Operation({
    operationId: 'signOut',
    summary: 'Sign out',
    description: 'Ends the session of the cookie, if there is one.',
    access: 'public',
    status: 204,
    responseDescription: 'Signed out.',
    responseHeaders: SET_COOKIE,
  })
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const token = readSessionCookie(request.headers.cookie);
    reply.header('set-cookie', expiredSessionCookies(this.isSecure(request)));
    if (token !== undefined) await this.authenticator.endSession(token);
  }

  private isSecure(request: FastifyRequest): boolean {
    return request.protocol === 'https' || this.config.publicUrl?.startsWith('https:') === true;
  }
}
