"""Reads deliveries, one JSON a line: {"secret", "headers", "body"}. Says of each what the reference library says."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    delivery = json.loads(line)
    try:
        Webhook(delivery["secret"]).verify(delivery["body"], delivery["headers"])
        print("accepted")
    except WebhookVerificationError as error:
        print(f"refused: {error}")
