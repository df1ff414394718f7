const { bootstrapWorker } = require('@vendure/core');
const { config } = require('./config.js');

bootstrapWorker(config)
    .then((worker) => worker.startJobQueue())
    .catch((error) => { console.error(error); process.exit(1); });
