/*
 * The only script of the portal: it has a passkey made, sign in, or sign one document.
 *
 * Before it has a document signed it fetches the exact bytes, recomputes the hash that will be
 * signed, and compares it with what the page shows: document, check code and notice. It sends
 * nothing anywhere itself; it fills in a form of the page, which the person's browser then sends.
 */
"use strict";

(function () {
  var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  var BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  var WAIT_MS = 300000;

  function inBits(bytes, width, alphabet) {
    var text = "", bits = 0, held = 0;
    for (var i = 0; i < bytes.length; i += 1) {
      held = ((held << 8) | bytes[i]) & 0xffff;
      bits += 8;
      while (bits >= width) {
        bits -= width;
        text += alphabet[(held >> bits) & ((1 << width) - 1)];
      }
    }
    if (bits > 0) {
      text += alphabet[(held << (width - bits)) & ((1 << width) - 1)];
    }
    return text;
  }

  function toBase64url(buffer) {
    return inBits(new Uint8Array(buffer), 6, ALPHABET);
  }

  function fromBase64url(text) {
    var bytes = [], bits = 0, held = 0;
    for (var i = 0; i < text.length; i += 1) {
      held = ((held << 6) | ALPHABET.indexOf(text[i])) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 0xff);
      }
    }
    return new Uint8Array(bytes);
  }

  function fromHex(text) {
    return (text.match(/../g) || []).map(function (pair) { return parseInt(pair, 16); }).join();
  }

  function words(text) {
    return (text || "").split(" ").filter(Boolean);
  }

  function credentials(text) {
    return words(text).map(function (id) { return { type: "public-key", id: fromBase64url(id) }; });
  }

  function digest(bytes) {
    return window.crypto.subtle.digest("SHA-256", bytes).then(function (found) {
      return new Uint8Array(found);
    });
  }

  /* DSSE's pre-authentication encoding: what a signature is over. */
  function encoding(type, body) {
    var start = new TextEncoder().encode(
      "DSSEv1 " + new TextEncoder().encode(type).length + " " + type + " " + body.length + " "
    );
    var whole = new Uint8Array(start.length + body.length);
    whole.set(start);
    whole.set(body, start.length);
    return whole;
  }

  function Changed() { this.name = "Changed"; }

  function SignedOut() { this.name = "SignedOut"; }

  function insist(holds) {
    if (!holds) { throw new Changed(); }
  }

  function checkShown(text, form) {
    insist(document.getElementById("document").textContent === text);
    var notice = document.getElementById("notice");
    var named = JSON.parse(text).notice;
    insist(Boolean(notice) === Boolean(named));
    if (!notice) { return Promise.resolve(); }
    return digest(new TextEncoder().encode(notice.textContent)).then(function (found) {
      insist(found.join() === fromHex(named.sha256));
    });
  }

  /* The challenge, recomputed from the exact bytes; refused if it is not what the page shows. */
  function challengeOf(form) {
    var body;
    return window.fetch(form.dataset.document, { credentials: "same-origin", cache: "no-store" })
      .then(function (answer) {
        if (answer.redirected) { throw new SignedOut(); }
        insist(answer.ok);
        return answer.arrayBuffer();
      })
      .then(function (buffer) {
        body = new Uint8Array(buffer);
        return checkShown(new TextDecoder("utf-8", { fatal: true }).decode(body), form);
      })
      .then(function () { return digest(encoding(form.dataset.type, body)); })
      .then(function (found) {
        insist(toBase64url(found) === form.dataset.challenge);
        var code = inBits(found.subarray(0, 5), 5, BASE32);
        insist(document.getElementById("check-code").textContent === code);
        return found;
      });
  }

  function ask(form) {
    var ready = form.dataset.passkey === "sign"
      ? challengeOf(form)
      : Promise.resolve(fromBase64url(form.dataset.challenge));
    return ready.then(function (challenge) {
      return navigator.credentials.get({ publicKey: {
        challenge: challenge,
        rpId: form.dataset.rp,
        userVerification: "required",
        allowCredentials: credentials(form.dataset.credentials),
        timeout: WAIT_MS
      } });
    }).then(function (made) {
      return {
        credential_id: made.rawId,
        authenticator_data: made.response.authenticatorData,
        client_data: made.response.clientDataJSON,
        signature: made.response.signature,
        user_handle: made.response.userHandle || new ArrayBuffer(0)
      };
    });
  }

  function make(form) {
    return navigator.credentials.create({ publicKey: {
      challenge: fromBase64url(form.dataset.challenge),
      rp: { id: form.dataset.rp, name: form.dataset.rpName },
      user: {
        id: fromBase64url(form.dataset.user),
        name: form.dataset.userName,
        displayName: form.dataset.userName
      },
      pubKeyCredParams: words(form.dataset.algorithms).map(function (number) {
        return { type: "public-key", alg: Number(number) };
      }),
      excludeCredentials: credentials(form.dataset.credentials),
      authenticatorSelection: { userVerification: "required", residentKey: "required", requireResidentKey: true },
      attestation: "none",
      timeout: WAIT_MS
    } }).then(function (made) {
      var transports = made.response.getTransports ? made.response.getTransports() : [];
      form.elements.transports.value = transports.join(" ");
      return {
        client_data: made.response.clientDataJSON,
        attestation_object: made.response.attestationObject
      };
    });
  }

  function tell(id) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-outcome]"), function (one) {
      one.hidden = one.id !== id;
    });
    document.getElementById(id).focus();
  }

  function outcome(error) {
    if (error && error.name === "Changed") { return "passkey-changed"; }
    if (error && error.name === "InvalidStateError") { return "passkey-known"; }
    if (error && (error.name === "NotAllowedError" || error.name === "AbortError")) {
      return "passkey-cancelled";
    }
    return "passkey-failed";
  }

  var isAsking = false;

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.passkey) { return; }
    event.preventDefault();
    if (isAsking) { return; }
    if (!window.PublicKeyCredential || !window.crypto || !window.crypto.subtle) {
      tell("passkey-unsupported");
      return;
    }
    isAsking = true;
    (form.dataset.passkey === "create" ? make(form) : ask(form)).then(function (parts) {
      Object.keys(parts).forEach(function (name) {
        form.elements[name].value = toBase64url(parts[name]);
      });
      form.submit();
    }).catch(function (error) {
      isAsking = false;
      if (error && error.name === "SignedOut") {
        window.location.reload();  /* which leads to signing in, and says why */
        return;
      }
      tell(outcome(error));
    });
  });
}());
