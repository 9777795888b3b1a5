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
///      it). Whoever changes an account brings these values, which the events determine, and the
///      new sum, which is checked. Of two entries to one account that were prepared on the same
///      state the second is refused and is prepared again. {settle} writes the ciphertext in
///      effect out, for the contracts that verify proofs; anybody may call it.
///      The digest has 208 bits, so a collision costs 2^104 steps, more than the curve's own
///      100 bits of security. Entries are kept as their full hash.
///
///      Points are affine, canonical, on BabyJubJub; the identity is (0, 1). Who guarantees what:
///      - this contract: points on the curve; C1 of an entry and of a total not of low order (the
///        amounts would be in clear, or nothing could be proved); totals equal to the sum of the
///        current entries; keys on the curve and not of low order;
///      - the statement: the key and C1 have prime order, C2 follows; every slot below 2^48;
///      - the issuer: slots below 2^40, fresh randomness, no torsion part, an envelope that says
///        the truth. An entry that breaks this leaves the account without a proof until the
///        issuer replaces it; it cannot make a false proof.
///
///      Assumptions:
///      - the admin accepts issuers that keep one account per person, and has no other power;
///      - the amounts of all entries are in the ledger's currency.
interface ICreditLedger {
    /// @notice A point in affine coordinates.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice An ElGamal ciphertext.
    struct Ciphertext {
        Point c1;
        Point c2;
    }

    /// @notice What an account's digest is the hash of. Without entries: zero and identities.
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

    /// @notice Epochs must last from ten minutes to thirty days.
    error EpochLengthInvalid(uint256 length);
    /// @notice The key is not canonical, off the curve, or of low order.
    error KeyInvalid();
    /// @notice A point of the entry is not canonical or off the curve.
    error EntryInvalid();
    /// @notice C1 of the entry has low order: C2 would show the amounts.
    error EntryUnblinded();
    /// @notice C1 of the entry is that of the entry it replaces, or the opposite: the two would
    ///         show by how much the amounts changed.
    error RandomnessReused();
    /// @notice The issuer has an entry in this account and can only replace it.
    error EntryExists(uint256 account, address issuer);
    /// @notice The issuer has no such entry in this account.
    error EntryUnknown(uint256 account, address issuer);
    /// @notice The account has 256 entries; more could make a slot overflow.
    error AccountFull(uint256 account);
    /// @notice The opening is not, or no longer, that of the account.
    error OpeningStale(uint256 account);
    /// @notice The new total is not the old one with the entry in it.
    error SumInvalid();
    /// @notice C1 of the new total has low order: nothing could be proved about it.
    error SumUnblinded();
    /// @notice An envelope has from 1 to 1024 bytes.
    error EnvelopeLengthInvalid(uint256 length);
    /// @notice No entry of the account is in effect yet.
    error NothingInEffect(uint256 account);
    /// @notice The ciphertext in effect has not been written out by {settle}.
    error NotSettled(uint256 account);

    /// @notice An issuer made its entry in an account; it takes effect in the next epoch.
    /// @param envelope The amounts, encrypted to the borrower's wallet (HPKE).
    event EntryAdded(
        uint256 indexed account,
        address indexed issuer,
        uint256 epoch,
        Ciphertext entry,
        bytes envelope
    );

    /// @notice An issuer replaced its entry; the new one counts from the next epoch on.
    event EntryReplaced(
        uint256 indexed account,
        address indexed issuer,
        uint256 epoch,
        Ciphertext entry,
        bytes envelope
    );

    /// @notice The ciphertext in effect was written out.
    event Settled(uint256 indexed account, uint256 epoch);

    /// @notice Role that makes entries.
    function ISSUER_ROLE() external view returns (bytes32);

    /// @notice Seconds that an epoch lasts.
    function epochLength() external view returns (uint256);

    /// @notice ISO 4217 number of the currency that all amounts are in.
    function currency() external view returns (uint16);

    /// @notice Number of the epoch that runs now: Unix time over {epochLength}.
    function currentEpoch() external view returns (uint256);

    /// @notice The number that an account has: keccak256(abi.encode(key)) >> 8.
    function accountOf(Point calldata key) external pure returns (uint256);

    /// @notice What is stored of an account.
    function headOf(uint256 account) external view returns (Head memory);

    /// @notice keccak256(abi.encode(Ciphertext)) of an issuer's entry; 0 when there is none.
    function entryDigest(uint256 account, address issuer) external view returns (bytes32);

    /// @notice The key of an account and the ciphertext in effect, from storage. Reverts with
    ///         NotSettled when {settle} was not called since it came into effect.
    function inEffect(uint256 account)
        external
        view
        returns (Point memory key, Ciphertext memory ciphertext);

    /// @notice Makes the caller's first entry in an account. Issuers only.
    /// @param key The borrower's key.
    /// @param entry The ciphertext to add.
    /// @param opening The account's present state.
    /// @param sum The new total, opening.latest + entry.
    /// @param envelope The amounts, encrypted to the borrower's wallet.
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
    /// @param envelope The amounts, encrypted to the borrower's wallet.
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
    function settle(Point calldata key, Opening calldata opening) external;
}
