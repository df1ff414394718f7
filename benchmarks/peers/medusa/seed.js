// One region with tax, one shipping option, products with stock for every order of a run, and the two API keys.
// Writes what the driver has to name into the file PEER_SEED says.
const fs = require("node:fs")
const { ContainerRegistrationKeys, Modules, ProductStatus } = require("@medusajs/framework/utils")
const flows = require("@medusajs/medusa/core-flows")

const STOCK = 10_000_000
const PRODUCTS = Number(process.env.PEER_PRODUCTS)

async function ran(container, workflow, input) {
  const { result } = await workflow(container).run({ input })
  return result
}

async function shop(container) {
  const [channel] = await ran(container, flows.createSalesChannelsWorkflow, {
    salesChannelsData: [{ name: "Web" }],
  })
  const keys = await ran(container, flows.createApiKeysWorkflow, {
    api_keys: [
      { title: "store", type: "publishable", created_by: "" },
      { title: "admin", type: "secret", created_by: "" },
    ],
  })
  const publishable = keys.find((key) => key.type === "publishable")
  const secret = keys.find((key) => key.type === "secret")
  await ran(container, flows.linkSalesChannelsToApiKeyWorkflow, { id: publishable.id, add: [channel.id] })
  const [region] = await ran(container, flows.createRegionsWorkflow, {
    regions: [{ name: "US", currency_code: "usd", countries: ["us"], payment_providers: ["pp_system_default"] }],
  })
  await ran(container, flows.createTaxRegionsWorkflow, [
    { country_code: "us", provider_id: "tp_system", default_tax_rate: { rate: 9, name: "Tax", code: "tax" } },
  ])
  return { channel, region, publishable: publishable.token, secret: secret.token }
}

async function shipping(container, region, channel) {
  const link = container.resolve(ContainerRegistrationKeys.LINK)
  const fulfillment = container.resolve(Modules.FULFILLMENT)
  const [location] = await ran(container, flows.createStockLocationsWorkflow, {
    locations: [{ name: "Warehouse", address: { city: "New York", country_code: "US", address_1: "" } }],
  })
  const here = { [Modules.STOCK_LOCATION]: { stock_location_id: location.id } }
  await link.create({ ...here, [Modules.FULFILLMENT]: { fulfillment_provider_id: "manual_manual" } })
  const [profile] = await ran(container, flows.createShippingProfilesWorkflow, {
    data: [{ name: "Default", type: "default" }],
  })
  const set = await fulfillment.createFulfillmentSets({
    name: "Delivery",
    type: "shipping",
    service_zones: [{ name: "US", geo_zones: [{ country_code: "us", type: "country" }] }],
  })
  await link.create({ ...here, [Modules.FULFILLMENT]: { fulfillment_set_id: set.id } })
  const [option] = await ran(container, flows.createShippingOptionsWorkflow, [
    {
      name: "Standard", price_type: "flat", provider_id: "manual_manual", service_zone_id: set.service_zones[0].id,
      shipping_profile_id: profile.id, type: { label: "Standard", description: "Standard", code: "standard" },
      prices: [{ region_id: region.id, amount: 5.99 }],
      rules: [
        { attribute: "enabled_in_store", value: "true", operator: "eq" },
        { attribute: "is_return", value: "false", operator: "eq" },
      ],
    },
  ])
  await ran(container, flows.linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [channel.id] })
  return { location, profile, option }
}

async function products(container, channel, profile, location) {
  const made = await ran(container, flows.createProductsWorkflow, {
    products: Array.from({ length: PRODUCTS }, (_, index) => ({
      title: `Widget ${index}`, status: ProductStatus.PUBLISHED, shipping_profile_id: profile.id,
      options: [{ title: "Size", values: ["One"] }],
      variants: [
        {
          title: "One", sku: `SKU-${index}`, options: { Size: "One" }, manage_inventory: true,
          prices: [{ amount: 29.99, currency_code: "usd" }],
        },
      ],
      sales_channels: [{ id: channel.id }],
    })),
  })
  const query = container.resolve(ContainerRegistrationKeys.QUERY)
  const { data: items } = await query.graph({ entity: "inventory_item", fields: ["id"] })
  await ran(container, flows.createInventoryLevelsWorkflow, {
    inventory_levels: items.map((item) => ({
      location_id: location.id, inventory_item_id: item.id, stocked_quantity: STOCK,
    })),
  })
  return made.map((one) => one.variants[0].id)
}

exports.default = async function seed({ container }) {
  const { channel, region, publishable, secret } = await shop(container)
  const { location, profile, option } = await shipping(container, region, channel)
  const variants = await products(container, channel, profile, location)
  const found = { region: region.id, option: option.id, variants, publishable, secret }
  fs.writeFileSync(process.env.PEER_SEED, JSON.stringify(found))
}
