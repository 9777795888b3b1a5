// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Ledger of encrypted credit data, one running total per borrower key
/// @notice Allow-listed issuers add ElGamal ciphertexts under a borrower's key; their sum is what
///         the borrower proves a policy about. Everybody can check the addition, only the
///         borrower can read the total, and the borrower can neither leave an entry out nor bring
///         a ciphertext of another origin.
/// @dev An issuer has at most one entry per account and replaces it by another; nobody else can
///      change or delete it, whatever happens to the issuer's role later.
///
///      Epochs. An entry takes effect when the epoch in which it was made has ended, so the
///      ciphertext in effect is constant within an epoch: a proof about it stays valid to the
///      end of the epoch at least, whatever is added meanwhile.
///
///      Storage. Points cost 22,100 gas a word when new, so an account is one word: two epochs
///      and a digest of (number of entries, ciphertext before the last epoch, ciphertext after
///      it). A caller who changes an account supplies these values, which follow from the events,
///      and the new sum, which the contract checks. If two entries to one account were prepared on
///      the same state, the second is refused and must be prepared again. {snapshot} writes out the
///      ciphertext in effect for the contracts that verify proofs; anybody may call it.
///      The digest has 208 bits, so a collision costs 2^104 steps, more than the curve's own
///      100 bits of security. Entries are kept as their full hash.
///
///      Points are affine, canonical, on BabyJubJub; the identity is (0, 1). Who guarantees what:
///      - this contract: points on the curve; C1 of an entry and of a total not of low order (the
///        amounts would be in clear, or nothing could be proved); totals equal to the sum of the
///        current entries; keys on the curve and not of low order;
///      - the statement: the key and C1 have prime order, C2 follows; every slot below 2^48;
///      - the issuer: slots below 2^40, fresh randomness, no torsion part, an envelope with the
///        right amounts. An entry that breaks this prevents proofs about the account until the
///        issuer replaces it; it cannot make a false proof.
///
///      Assumptions:
///      - the admin accepts issuers that keep one account per person, and has no other power;
///      - the amounts of all entries are in the ledger's currency.
///
///      Warning: an entry can be replaced but never removed, and its ciphertext stays public.
///      Warning: the number of an account and the issuers of its entries are public.
interface ICreditLedger {
    /// @notice A point of BabyJubJub in affine coordinates.
    /// @param x First coordinate, a field element.
    /// @param y Second coordinate, a field element.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice An ElGamal ciphertext of the amounts m under the key P.
    /// @param c1 The point k * B8, with k the entry's randomness.
    /// @param c2 The point m * B8 + k * P.
    struct Ciphertext {
        Point c1;
        Point c2;
    }

    /// @notice The values that an account's digest is the hash of. Of an account without entries:
    ///         zero and identities.
    /// @param entries Number of issuers that have an entry.
    /// @param base Total before the epoch of the last entry.
    /// @param latest Total of all entries.
    struct Opening {
        uint256 entries;
        Ciphertext base;
        Ciphertext latest;
    }

    /// @notice What is stored of an account; all zero without entries.
    /// @param lastEpoch Epoch of the last entry.
    /// @param priorEpoch Epoch of the last entry before that epoch, or 0.
    /// @param digest First 208 bits of keccak256(abi.encode(Opening)).
    struct Head {
        uint24 lastEpoch;
        uint24 priorEpoch;
        bytes26 digest;
    }

    /// @notice Thrown when a ledger is deployed with an epoch shorter than ten minutes or longer
    ///         than thirty days.
    /// @param length Length that was given, seconds.
    error EpochLengthInvalid(uint256 length);
    /// @notice Thrown when the key is not canonical, is off the curve, or has low order.
    error KeyInvalid();
    /// @notice Thrown when a point of the entry is not canonical or is off the curve.
    error EntryInvalid();
    /// @notice Thrown when C1 of the entry has low order: C2 would show the amounts.
    error EntryUnblinded();
    /// @notice Thrown when C1 of the entry equals that of the entry it replaces, or its opposite:
    ///         the two would show by how much the amounts changed.
    error RandomnessReused();
    /// @notice Thrown when the issuer adds a second entry to an account; it can only replace the
    ///         first.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    error EntryExists(uint256 account, address issuer);
    /// @notice Thrown when the entry to replace is not the issuer's present entry in this account.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    error EntryUnknown(uint256 account, address issuer);
    /// @notice Thrown when the account already has 256 entries; more could make a slot overflow.
    /// @param account Number of the account.
    error AccountFull(uint256 account);
    /// @notice Thrown when the opening does not match the account's digest: it is wrong, or
    ///         another entry came first.
    /// @param account Number of the account.
    error OpeningStale(uint256 account);
    /// @notice Thrown when the new total is not the old total changed by the entry.
    error SumInvalid();
    /// @notice Thrown when C1 of the new total has low order: nothing could be proved about it.
    error SumUnblinded();
    /// @notice Thrown when the envelope is empty or longer than 1024 bytes.
    /// @param length Length of the envelope, bytes.
    error EnvelopeLengthInvalid(uint256 length);
    /// @notice Thrown when every entry of the account was made in the epoch that runs now, or when
    ///         the account has no entries.
    /// @param account Number of the account.
    error NothingInEffect(uint256 account);
    /// @notice Thrown when {snapshot} was not called since the ciphertext came into effect.
    /// @param account Number of the account.
    error NoSnapshot(uint256 account);

    /// @notice Emitted when an issuer makes its first entry in an account; the entry takes effect
    ///         in the next epoch.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    /// @param epoch Number of the epoch in which the entry was made.
    /// @param entry The ciphertext that was added.
    /// @param envelope The amounts, encrypted to the borrower's wallet (HPKE).
    event EntryAdded(
        uint256 indexed account,
        address indexed issuer,
        uint256 epoch,
        Ciphertext entry,
        bytes envelope
    );

    /// @notice Emitted when an issuer replaces its entry; the new one counts from the next epoch.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    /// @param epoch Number of the epoch in which the entry was replaced.
    /// @param entry The new ciphertext.
    /// @param envelope The amounts, encrypted to the borrower's wallet (HPKE).
    event EntryReplaced(
        uint256 indexed account,
        address indexed issuer,
        uint256 epoch,
        Ciphertext entry,
        bytes envelope
    );

    /// @notice Emitted when the ciphertext in effect is written out.
    /// @param account Number of the account.
    /// @param epoch Number of the epoch in which it was written out.
    event SnapshotTaken(uint256 indexed account, uint256 epoch);

    /// @notice Role that makes entries.
    /// @return keccak256("zkcredit.issuer"), the role's name in AccessControl.
    function ISSUER_ROLE() external view returns (bytes32);

    /// @notice How long an epoch lasts; fixed at deployment.
    /// @return Length of an epoch, seconds.
    function epochLength() external view returns (uint256);

    /// @notice Currency that all amounts are in; fixed at deployment.
    /// @return ISO 4217 number of the currency.
    function currency() external view returns (uint16);

    /// @notice Number of the epoch that runs now.
    /// @return The block's time in Unix seconds over {epochLength}, rounded down.
    function currentEpoch() external view returns (uint256);

    /// @notice Number of the account of a key.
    /// @param key The borrower's key.
    /// @return keccak256(abi.encode(key)) >> 8, a field element.
    function accountOf(Point calldata key) external pure returns (uint256);

    /// @notice What is stored of an account.
    /// @param account Number of the account.
    /// @return Epochs and digest; all zero without entries.
    function headOf(uint256 account) external view returns (Head memory);

    /// @notice Digest of an issuer's entry in an account.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    /// @return keccak256(abi.encode(Ciphertext)) of the entry, or 0 if the issuer made none.
    function entryDigest(uint256 account, address issuer) external view returns (bytes32);

    /// @notice The key of an account and the ciphertext in effect, from storage. Reverts with
    ///         NoSnapshot if {snapshot} was not called since the ciphertext came into effect.
    /// @param account Number of the account.
    /// @return key The borrower's key.
    /// @return ciphertext Total of all entries of earlier epochs.
    function inEffect(uint256 account)
        external
        view
        returns (Point memory key, Ciphertext memory ciphertext);

    /// @notice Makes the caller's first entry in an account. Issuers only.
    /// @param key The borrower's key.
    /// @param entry The ciphertext to add.
    /// @param opening The account's present state.
    /// @param sum The new total, opening.latest + entry.
    /// @param envelope The amounts, encrypted to the borrower's wallet, 1 to 1024 bytes.
    function addEntry(
        Point calldata key,
        Ciphertext calldata entry,
        Opening calldata opening,
        Ciphertext calldata sum,
        bytes calldata envelope
    ) external;

    /// @notice Replaces the caller's entry in an account. Issuers only.
    /// @param key The borrower's key.
    /// @param previous The caller's present entry.
    /// @param entry The ciphertext to put in its place.
    /// @param opening The account's present state.
    /// @param sum The new total, opening.latest - previous + entry.
    /// @param envelope The amounts, encrypted to the borrower's wallet, 1 to 1024 bytes.
    function replaceEntry(
        Point calldata key,
        Ciphertext calldata previous,
        Ciphertext calldata entry,
        Opening calldata opening,
        Ciphertext calldata sum,
        bytes calldata envelope
    ) external;

    /// @notice Writes out the ciphertext in effect, so that proofs about it can be verified.
    ///         Anybody may; once is enough until a later entry comes into effect.
    /// @param key The borrower's key.
    /// @param opening The account's present state.
    function snapshot(Point calldata key, Opening calldata opening) external;
}
