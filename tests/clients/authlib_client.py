"""What a Python program does with Authlib: prints the address for the browser, reads the one that it came back to."""
import json
import sys

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
import requests

issuer, callback = sys.argv[1:]
server = requests.get(f"{issuer}/.well-known/openid-configuration").json()

session = OAuth2Session(
    "authlib", "authlib-secret", scope="openid profile email offline_access", redirect_uri=callback, code_challenge_method="S256")
verifier, nonce = generate_token(48), generate_token(16)
url, _ = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
print(url, flush=True)
token = session.fetch_token(server["token_endpoint"], authorization_response=sys.stdin.readline().strip(), code_verifier=verifier)
keys = JsonWebKey.import_key_set(requests.get(server["jwks_uri"]).json())
claims = jwt.decode(token["id_token"], keys, claims_options={
    "iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": "authlib"},
    "nonce": {"essential": True, "value": nonce}})
claims.validate()
userinfo = session.get(server["userinfo_endpoint"]).json()
refreshed = session.refresh_token(server["token_endpoint"])
introspected = session.introspect_token(server["introspection_endpoint"], token=refreshed["access_token"]).json()
session.revoke_token(server["revocation_endpoint"], token=refreshed["refresh_token"], token_type_hint="refresh_token")
revoked = session.introspect_token(server["introspection_endpoint"], token=refreshed["access_token"]).json()

service = OAuth2Session("service", "service-secret", scope="orders.read")
granted = service.fetch_token(server["token_endpoint"], grant_type="client_credentials")

posting = OAuth2Session("service", "service-secret", scope="orders.read", token_endpoint_auth_method="client_secret_post")
posted = posting.fetch_token(server["token_endpoint"], grant_type="client_credentials")

print(json.dumps({
    "subjects": [claims["sub"], userinfo["sub"]], "name": userinfo["name"], "rotated": refreshed["refresh_token"] != token["refresh_token"],
    "active": [introspected["active"], revoked["active"]], "granted": [granted["scope"], posted["scope"]],
}))
