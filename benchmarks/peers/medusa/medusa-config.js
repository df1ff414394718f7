// Medusa as it comes, without its admin pages: events, cache, locks and workflows in the process, the rest in PostgreSQL.
const { defineConfig } = require("@medusajs/framework/utils")

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    http: {
      storeCors: "*", adminCors: "*", authCors: "*",
      jwtSecret: process.env.PEER_SECRET, cookieSecret: process.env.PEER_SECRET,
    },
  },
  admin: { disable: true },
})
