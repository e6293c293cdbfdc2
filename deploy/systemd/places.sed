# Has the node.toml that deploy/prepare wrote name the places of the units here:
#   sed -i -f deploy/systemd/places.sed /etc/portability/FR/node.toml
s,/run/secrets/.._\(node\|log\|witness\)_key,keys/\1.pem,
s,/run/secrets/.._\(wrapping\|index\)_key,keys/\1.key,
s,/run/secrets/.._tls_key,tls/key.pem,
s,/etc/portability/certificate.pem,tls/certificate.pem,
s,/etc/portability/\(ca.pem\|directory.json\),../\1,
s,env:PORTABILITY_PASSPHRASE,fd:3,
# what the node writes is under the name of its jurisdiction, which is kept from the line that says it
/^jurisdiction/{
h
s/.*"\(..\)".*/\1/
x
}
/^folder/{
G
s,/var/lib/portability/\(.*\)\n\(..\)$,/var/lib/portability/\2/\1,
}
