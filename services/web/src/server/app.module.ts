import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import type { WebConfig } from './config.js';
import { readExportIndex } from './export-index.js';
import { findPackageRoot } from './package-root.js';
import { PagesController } from './pages.controller.js';
import { Pages } from './pages.js';

@Module({})
export class AppModule {
  static with(config: WebConfig): DynamicModule {
    const packageFile = join(findPackageRoot(import.meta.dirname), 'package.json');
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
    const pages = new Pages(config, readExportIndex(config.exportFolder), version);
    return {
      module: AppModule,
      controllers: [PagesController],
      providers: [{ provide: Pages, useValue: pages }],
    };
  }
}
