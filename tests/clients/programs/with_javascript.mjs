// Microsoft's library for JavaScript, signed in by @azure/identity with a device code.
// Node's fetch takes no notice of HTTPS_PROXY by itself: undici's agent, Node's own way behind a proxy, does.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { EnvHttpProxyAgent, fetch, setGlobalDispatcher } = require("undici");
const { DeviceCodeCredential } = require("@azure/identity");
const { Client } = require("@microsoft/microsoft-graph-client");
const providers = require("@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials");

const folder = process.argv[2];
const told = JSON.parse(readFileSync(`${folder}/told.json`, "utf-8"));
setGlobalDispatcher(new EnvHttpProxyAgent());

const credential = new DeviceCodeCredential({
    clientId: told.public_app_id,
    tenantId: "consumers",
    userPromptCallback: async ({ userCode }) => {
        const body = new URLSearchParams({ user_code: userCode, decision: "accept" });
        await fetch(`http://localhost:${told.port}/link`, { method: "POST", body });
    },
});
const scopes = ["Files.Read", "User.Read"];
const authProvider = new providers.TokenCredentialAuthenticationProvider(credential, { scopes });
const client = Client.initWithMiddleware({ authProvider });

let place = "/me/drive/root";
const names = [];
for (const name of told.path) {
    const page = await client.api(`${place}/children`).get();
    names.push(page.value.map((item) => item.name));
    place = `/me/drive/items/${page.value.find((item) => item.name === name).id}`;
}
const content = await client.api(`${place}/content`).responseType("arraybuffer").get();
writeFileSync(`${folder}/downloaded.jpg`, Buffer.from(content));
const { version } = JSON.parse(
    readFileSync(process.cwd() + "/node_modules/@microsoft/microsoft-graph-client/package.json", "utf-8"),
);
console.log(JSON.stringify({ version, names: names[0] }));
