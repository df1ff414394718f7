// Vendure as its starter sets it up, less the dashboard, mail and asset server: the shop API, the job queue and the
// search index in the database. The connection comes from PGHOST, PGUSER and PGDATABASE, which `pg` reads itself.
const {
    DefaultJobQueuePlugin, DefaultLogger, DefaultSchedulerPlugin, DefaultSearchPlugin, LogLevel, dummyPaymentHandler,
} = require('@vendure/core');

exports.config = {
    apiOptions: {
        hostname: '127.0.0.1',
        port: Number(process.env.PEER_PORT),
        shopApiPath: 'shop-api',
        adminApiPath: 'admin-api',
    },
    authOptions: {
        tokenMethod: ['bearer'],
        requireVerification: false,
        superadminCredentials: { identifier: 'benchmark', password: process.env.PEER_SECRET },
    },
    dbConnectionOptions: {
        type: 'postgres',
        synchronize: process.env.PEER_SEED === 'yes',
        logging: false,
        poolSize: 20,
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    plugins: [
        DefaultSchedulerPlugin.init(),
        DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true }),
        DefaultSearchPlugin.init({ bufferUpdates: false, indexStockStatus: true }),
    ],
};
