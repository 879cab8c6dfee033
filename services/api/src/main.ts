import { runService } from '@orbisvoice/service-kit/run-service';
import { apiService } from './service.js';

await runService(apiService, process.env);
