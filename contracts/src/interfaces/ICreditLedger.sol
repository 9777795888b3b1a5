// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./IGroth16Verifier.sol";

/// @title Ledger of encrypted credit data, one account per borrower key
/// @notice Accepted issuers enter ElGamal ciphertexts under a borrower's key; their sum is what the
///         borrower proves a policy about. Every entry is proved to be the encryption of amounts
///         that its issuer knows, so no issuer can change what others entered. The sum holds each
///         issuer's entry exactly once, and the borrower can leave none out. Entries of different
///         issuers commute: whoever comes first spoils nobody's entry. Whatever state an account
///         is in, somebody can change it.
/// @dev An issuer has at most one entry per account and replaces it by another. Nobody else can
///      change or delete it while the issuer is accepted. The entries of an issuer that was
///      dismissed stay and count, so debts do not vanish with their creditor; the admin may name a
///      successor for it, which replaces them.
///
///      Proofs. An entry comes with a Groth16 proof of the statement `ledger_entry`. Its public
///      inputs, in order: context, key, C1, C2, two coordinates each, with
///      context = keccak256(abi.encode(chainid, ledger, account, issuer, count)) >> 8, where
///      `count` is the number of entries that this issuer made in this account before. So a proof
///      serves for one entry, here, and for nobody else.
///
///      Epochs. An entry takes effect when the epoch in which it was made has ended, so the
///      ciphertext in effect is constant within an epoch: a proof about it stays valid to the
///      end of the epoch at least, whatever is entered meanwhile.
///
///      Storage. Points cost 22,100 gas a word when new, so an account is one word, and each of
///      its issuers one: hash chains, which only the contract extends, of the issuers in the order
///      of their first entries, and of each issuer's entries with their epochs. An entry brings
///      nothing of the state. {snapshot} is given the entries in effect, compares them with the
///      chains, sums them and writes the sum out, for the contracts that verify proofs; anybody
///      may call it. A product may name the issuers that count, by the hash of a sorted list; the
///      sum then holds the entries of those issuers and of no other.
///      A chain has 200 bits, so a collision costs 2^100 steps, as much as the curve offers.
///
///      Points are affine, canonical, on BabyJubJub; the identity is (0, 1). Who guarantees what:
///      - the statement of an entry: key and C1 of prime order, C2 in their group, five amounts
///        below 2^40 that the issuer knows;
///      - this contract: who enters what, how often, and when it counts; sums equal to the sum of
///        the entries in effect, each issuer's once, of at most 256 issuers, so no slot carries;
///      - the issuer: fresh randomness, true amounts, an envelope that holds them.
///
///      Assumptions:
///      - the verifier's key is that of the `ledger_entry` statement: the constructor compares the
///        number of public inputs, and no contract can compare more;
///      - the admin accepts issuers that keep one account per person;
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

    /// @notice One entry, with what shows that it is one.
    /// @param key The borrower's key.
    /// @param issuer In whose place the entry stands: the caller, or a dismissed issuer whose
    ///        successor the caller is.
    /// @param entry The ciphertext.
    /// @param proof Groth16 proof of the statement `ledger_entry`, encoded as in IGroth16Verifier.
    /// @param envelope The amounts, encrypted to the borrower's wallet (HPKE), 1 to 1024 bytes.
    struct Submission {
        Point key;
        address issuer;
        Ciphertext entry;
        uint256[8] proof;
        bytes envelope;
    }

    /// @notice What is stored of an account; all zero without entries.
    /// @param lastEpoch Epoch of the last entry.
    /// @param priorEpoch Epoch of the last entry before that epoch, or 0.
    /// @param others Number of issuers with an entry, less one.
    /// @param issuers Hash chain of the issuers, in the order of their first entries: a link is
    ///        the first 200 bits of keccak256(abi.encode(chain before, issuer)).
    struct Head {
        uint24 lastEpoch;
        uint24 priorEpoch;
        uint8 others;
        bytes25 issuers;
    }

    /// @notice What is stored of an issuer's entries in an account; all zero without entries.
    /// @param count Number of entries that the issuer made there.
    /// @param epoch Epoch of the last one.
    /// @param inEpoch Number of them in that epoch.
    /// @param chain Hash chain of the entries: a link is the first 200 bits of
    ///        keccak256(abi.encode(chain before, epoch, keccak256(abi.encode(Ciphertext)))).
    struct Slot {
        uint24 count;
        uint24 epoch;
        uint8 inEpoch;
        bytes25 chain;
    }

    /// @notice One issuer's part of a sum: its entry in effect, and what it entered since.
    /// @param issuer Address of the issuer.
    /// @param epoch Epoch of the entry in effect; 0 if the issuer has none in effect.
    /// @param before The issuer's chain before that entry.
    /// @param entry The entry in effect.
    /// @param pending keccak256(abi.encode(Ciphertext)) of each entry that the issuer made in the
    ///        epoch that runs now, in order.
    struct Part {
        address issuer;
        uint24 epoch;
        bytes25 before;
        Ciphertext entry;
        bytes32[] pending;
    }

    /// @notice Thrown when a ledger is deployed with an epoch shorter than ten minutes or longer
    ///         than thirty days.
    /// @param length Length that was given, seconds.
    error EpochLengthInvalid(uint256 length);
    /// @notice Thrown when a ledger is deployed with a currency that ISO 4217 cannot have numbered.
    /// @param currency Number that was given; a currency has one from 1 to 999.
    error CurrencyInvalid(uint16 currency);
    /// @notice Thrown when the verifier's key is for a different number of public inputs.
    /// @param inputs Number of public inputs of the verifier's key.
    error VerifierUnsuitable(uint256 inputs);
    /// @notice Thrown when the caller makes an entry in the place of an issuer that it neither is
    ///         nor succeeds, that is accepted itself, or that made none in the account.
    /// @param issuer Address of the issuer.
    /// @param sender Address of the caller.
    error NotInPlaceOf(address issuer, address sender);
    /// @notice Thrown when a successor is named for an issuer that is accepted.
    /// @param issuer Address of the issuer.
    error IssuerNotDismissed(address issuer);
    /// @notice Thrown when the account already has entries of 256 issuers; more could make a slot
    ///         overflow.
    /// @param account Number of the account.
    error AccountFull(uint256 account);
    /// @notice Thrown when the issuer has made eight entries in the account in this epoch; the
    ///         next one has to wait for the next epoch.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    error EntriesTooMany(uint256 account, address issuer);
    /// @notice Thrown when the envelope is empty or longer than 1024 bytes.
    /// @param length Length of the envelope, bytes.
    error EnvelopeLengthInvalid(uint256 length);
    /// @notice Thrown when a list of issuers is empty, is not strictly ascending, has more than
    ///         256 members, or is not the one that was asked for; or when the parts of a sum are
    ///         not those of all the account's issuers in the order of their first entries.
    error IssuersInvalid();
    /// @notice Thrown when a part of a sum is not what the issuer entered.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    error PartInvalid(uint256 account, address issuer);
    /// @notice Thrown when none of the entries asked for is in effect, or when the randomness of
    ///         those in effect adds up to 0; any further entry ends that.
    /// @param account Number of the account.
    error NothingInEffect(uint256 account);
    /// @notice Thrown when {snapshot} was not called since the ciphertext came into effect.
    /// @param account Number of the account.
    error NoSnapshot(uint256 account);

    /// @notice Emitted when an issuer makes an entry in an account; the entry takes effect in the
    ///         next epoch, and the issuer's earlier entry there ends then.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer in whose place the entry stands.
    /// @param epoch Number of the epoch in which the entry was made.
    /// @param number Number of entries that the issuer made in the account before.
    /// @param entry The ciphertext.
    /// @param envelope The amounts, encrypted to the borrower's wallet (HPKE).
    event EntryAdded(
        uint256 indexed account,
        address indexed issuer,
        uint256 epoch,
        uint256 number,
        Ciphertext entry,
        bytes envelope
    );

    /// @notice Emitted when the ciphertext in effect is written out.
    /// @param account Number of the account.
    /// @param issuers Hash of the list of issuers that were summed; 0 for all of the account.
    /// @param epoch Number of the epoch in which it was written out.
    event SnapshotTaken(uint256 indexed account, bytes26 indexed issuers, uint256 epoch);

    /// @notice Emitted when somebody publishes a list of issuers, for products to name.
    /// @param issuers Hash of the list.
    /// @param members The issuers.
    event IssuersNamed(bytes26 indexed issuers, address[] members);

    /// @notice Emitted when the admin names who makes entries in the place of a dismissed issuer.
    /// @param issuer Address of the dismissed issuer.
    /// @param successor Address of the successor; 0 for nobody.
    event SuccessorNamed(address indexed issuer, address indexed successor);

    /// @notice Role that makes entries.
    /// @return keccak256("zkcredit.issuer"), the role's name in AccessControl.
    function ISSUER_ROLE() external view returns (bytes32);

    /// @notice Verifier of the statement `ledger_entry`; fixed at deployment.
    /// @return The verifier's contract.
    function verifier() external view returns (IGroth16Verifier);

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

    /// @notice Context that the proof of an issuer's next entry in an account must carry.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer in whose place the entry stands.
    /// @return The context, a field element.
    function contextOf(uint256 account, address issuer) external view returns (uint256);

    /// @notice Hash by which a product names the issuers that count.
    /// @param list The issuers, strictly ascending, 1 to 256 of them.
    /// @return First 208 bits of keccak256(abi.encode(list)); they share a word of the product.
    function issuersOf(address[] calldata list) external pure returns (bytes26);

    /// @notice What is stored of an account.
    /// @param account Number of the account.
    /// @return Epochs, number and chain of its issuers; all zero without entries.
    function headOf(uint256 account) external view returns (Head memory);

    /// @notice What is stored of an issuer's entries in an account.
    /// @param account Number of the account.
    /// @param issuer Address of the issuer.
    /// @return Counts, epoch and chain of its entries; all zero without entries.
    function slotOf(uint256 account, address issuer) external view returns (Slot memory);

    /// @notice Who makes entries in the place of a dismissed issuer.
    /// @param issuer Address of the dismissed issuer.
    /// @return Address of the successor; 0 for nobody.
    function successorOf(address issuer) external view returns (address);

    /// @notice The key of an account and the ciphertext in effect, from storage. Reverts with
    ///         NoSnapshot if {snapshot} was not called since the ciphertext came into effect.
    /// @param account Number of the account.
    /// @param issuers Hash of the list of issuers that count, see {issuersOf}; 0 for all.
    /// @return key The borrower's key.
    /// @return ciphertext Sum of the entries in effect of those issuers.
    function inEffect(uint256 account, bytes26 issuers)
        external
        view
        returns (Point memory key, Ciphertext memory ciphertext);

    /// @notice Makes an entry in an account; it stands in the place of the issuer's earlier one.
    ///         Issuers only.
    /// @param submission The entry and its proof.
    function addEntry(Submission calldata submission) external;

    /// @notice Makes entries, of which one proof that does not hold refuses all; cheaper from two
    ///         entries on. Issuers only.
    /// @param submissions The entries and their proofs, at least one.
    function addEntries(Submission[] calldata submissions) external;

    /// @notice Sums the entries in effect and writes the sum out, so that proofs about it can be
    ///         verified. Anybody may; once is enough until a later entry comes into effect.
    /// @param key The borrower's key.
    /// @param issuers Hash of the list of issuers that count, see {issuersOf}; 0 for all.
    /// @param parts One part for each of those issuers, in the list's order; for all issuers of
    ///        the account in the order of their first entries.
    function snapshot(Point calldata key, bytes26 issuers, Part[] calldata parts) external;

    /// @notice Publishes a list of issuers, so that whoever reads a product that names them by
    ///         their hash finds them. Anybody may.
    /// @param list The issuers, strictly ascending, 1 to 256 of them.
    /// @return issuers The list's hash.
    function nameIssuers(address[] calldata list) external returns (bytes26 issuers);

    /// @notice Lets an account replace the entries of a dismissed issuer, until that issuer is
    ///         accepted again or another successor is named. Admin only.
    /// @param issuer Address of the dismissed issuer.
    /// @param successor Address of the successor, which replaces them while it is accepted itself;
    ///        0 for nobody.
    function nameSuccessor(address issuer, address successor) external;
}
