#pragma once

#include "reconcilers/core/prober.hpp"

namespace vectis::reconcilers {

/// Dials the container's address and speaks the protocol: SMTP (RFC 5321, 3207), IMAP (RFC 3501),
/// LMTP (RFC 2033), Postgres (by libpq), Redis (RESP), HTTP, milter (option negotiation), clamd.
/// Messages show what was seen, never a password.
class SocketProber final : public Prober {
public:
    ProbeResult probe(const ProbeTarget& target, std::stop_token stop) override;
};

}  // namespace vectis::reconcilers
