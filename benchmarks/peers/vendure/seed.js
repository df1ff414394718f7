// Schema, country, tax, shipping, the dummy payment method and products, stock enough for every order of a run.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { bootstrap } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { config } = require('./config.js');

const initialData = {
    defaultLanguage: 'en',
    defaultZone: 'Americas',
    countries: [{ name: 'United States of America', code: 'US', zone: 'Americas' }],
    taxRates: [{ name: 'Standard Tax', percentage: 9 }],
    shippingMethods: [{ name: 'Standard Shipping', price: 599 }],
    paymentMethods: [
        {
            name: 'Dummy Payment',
            handler: {
                code: 'dummy-payment-handler',
                arguments: [{ name: 'automaticSettle', value: 'true' }],
            },
        },
    ],
    collections: [],
};

const product = (index) => ({
    name: `Widget ${index}`, slug: `widget-${index}`, description: 'A widget', assets: '', facets: '', optionGroups: '',
    optionValues: '', sku: `SKU-${index}`, price: '29.99', taxCategory: 'standard', stockOnHand: '10000000',
    trackInventory: 'true', variantAssets: '', variantFacets: '',
});

async function main() {
    const products = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'vendure-seed-')), 'products.csv');
    const rows = Array.from({ length: Number(process.env.PEER_PRODUCTS) }, (_, index) => product(index));
    fs.writeFileSync(products, [Object.keys(product(0)), ...rows.map(Object.values)].map((row) => `${row.join(',')}\n`).join(''));
    const app = await populate(() => bootstrap(config), initialData, products);
    await app.close();
    fs.rmSync(path.dirname(products), { recursive: true });
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
