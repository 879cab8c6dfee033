import { Module, type DynamicModule } from '@nestjs/common';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuditLogRepository } from './audit/audit-log.repository.js';
import { CallTokensController } from './call-tokens/call-tokens.controller.js';
import { CallTokensRepository } from './call-tokens/call-tokens.repository.js';
import { CallTokensService } from './call-tokens/call-tokens.service.js';
import { Clock } from './clock.js';
import type { AccountsConfig } from './config.js';
import { DerivedKeys } from './credentials/derived-keys.js';
import { ExpiredCredentialsPurge } from './credentials/expired-credentials-purge.js';
import { ExpiredCredentialsRepository } from './credentials/expired-credentials.repository.js';
import { AccountsEvents } from './events.js';
import { OrganizationsController } from './organizations/organizations.controller.js';
import { OrganizationsRepository } from './organizations/organizations.repository.js';
import { OrganizationsService } from './organizations/organizations.service.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SignInLinksController } from './sessions/sign-in-links.controller.js';
import { SignInLinksRepository } from './sessions/sign-in-links.repository.js';
import { SignInLinksService } from './sessions/sign-in-links.service.js';

@Module({})
export class AppModule {
  static with(config: AccountsConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        OrganizationsController,
        ApiKeysController,
        CallTokensController,
        SignInLinksController,
        SessionsController,
      ],
      providers: [
        { provide: DerivedKeys, useValue: new DerivedKeys(config.apiKeyJwtSecret) },
        Clock,
        AccountsEvents,
        AuditLogRepository,
        OrganizationsService,
        OrganizationsRepository,
        ApiKeysService,
        ApiKeysRepository,
        CallTokensService,
        CallTokensRepository,
        SignInLinksService,
        SignInLinksRepository,
        SessionsService,
        SessionsRepository,
        ExpiredCredentialsPurge,
        ExpiredCredentialsRepository,
      ],
    };
  }
}
