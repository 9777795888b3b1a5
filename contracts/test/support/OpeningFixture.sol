// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../../src/OpeningVerifier.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../../src/interfaces/IOpeningVerifier.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {TestBase} from "./TestBase.sol";

/// @dev A market and its gate with two loans of one seal, whose status the test chooses.
contract TwoLoans {
    uint256 public constant loanCount = 2;
    ILoanMarket.LoanStatus public status = ILoanMarket.LoanStatus.Defaulted;
    uint256 private _context;
    IEscrowGate.Point private _key;
    IEscrowGate.Seal private _seal;

    constructor(IEscrowGate.Point memory key, uint256 context, IEscrowGate.Seal memory seal_) {
        (_key, _context, _seal) = (key, context, seal_);
    }

    function set(ILoanMarket.LoanStatus status_) external {
        status = status_;
    }

    function gate() external view returns (address) {
        return address(this);
    }

    function arbiters() external view returns (IEscrowGate.Point memory) {
        return _key;
    }

    function loan(LoanId) external view returns (ILoanMarket.Loan memory found) {
        found.status = status;
    }

    function sealOf(address market, LoanId loanId)
        external
        view
        returns (uint256, IEscrowGate.Seal memory)
    {
        uint256 number = LoanId.unwrap(loanId);
        if (number != 1 && number != 2) revert IEscrowGate.LoanNotEscrowed(market, loanId);
        return (_context, _seal);
    }
}

/// @dev The group, the openings and the accounts of support/contracts/partial_openings.py.
abstract contract OpeningFixture is TestBase {
    uint256 internal constant WORDS = 10;
    uint256 internal constant SIZE = 5;
    uint256 internal constant THRESHOLD = 3;
    uint256 internal constant HEAD = 1_000;
    LoanId internal constant LOAN = LoanId.wrap(1);
    LoanId internal constant OTHER_LOAN = LoanId.wrap(2);

    string internal json;
    bytes32 internal record;
    IEscrowGate.Point[] internal commitments;
    IEscrowGate.Point[] internal shares;
    address[] internal accounts;
    uint256[] internal keys;
    uint256[] internal valid;
    uint256[] internal invalid;
    TwoLoans internal stub;
    OpeningVerifier internal verifier;

    function setUp() public virtual {
        json = vm.readFile("test/fixtures/partial_openings.json");
        points(commitments, words(".commitments"));
        points(shares, words(".shares"));
        uint256[] memory addresses = words(".accounts");
        for (uint256 i = 0; i < addresses.length; ++i) {
            accounts.push(address(uint160(addresses[i])));
        }
        keys = words(".keys");
        record = bytes32(words(".record")[0]);
        valid = words(".valid");
        invalid = words(".invalid");
        assertEq(valid.length, SIZE * WORDS, "fixture");
        stub = stubFor(commitments[0]);
        verifier = deployed(stub);
        vm.roll(HEAD);
    }

    function deployed(TwoLoans market) internal returns (OpeningVerifier) {
        return new OpeningVerifier(
            ILoanMarket(address(market)), commitments, shares, accounts, record
        );
    }

    function stubFor(IEscrowGate.Point memory key) internal returns (TwoLoans) {
        uint256[] memory s = words(".seal");
        IEscrowGate.Seal memory seal_ = IEscrowGate.Seal(IEscrowGate.Point(s[0], s[1]), s[2]);
        return new TwoLoans(key, words(".context")[0], seal_);
    }

    function words(string memory name) internal view returns (uint256[] memory list) {
        bytes memory data = vm.parseJsonBytes(json, name);
        list = new uint256[](data.length / 32);
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(data, mul(32, add(i, 1))))
            }
            list[i] = word;
        }
    }

    function points(IEscrowGate.Point[] storage list, uint256[] memory coordinates) internal {
        for (uint256 i = 0; i < coordinates.length; i += 2) {
            list.push(IEscrowGate.Point(coordinates[i], coordinates[i + 1]));
        }
    }

    function openingAt(uint256[] storage list, uint256 index)
        internal
        view
        returns (IOpeningVerifier.PartialOpening memory opening)
    {
        uint256[10] memory w;
        for (uint256 i = 0; i < WORDS; ++i) {
            w[i] = list[index * WORDS + i];
        }
        return decoded(w);
    }

    function decoded(uint256[10] memory w)
        internal
        pure
        returns (IOpeningVerifier.PartialOpening memory)
    {
        return IOpeningVerifier.PartialOpening({
            arbiter: w[0],
            part: IEscrowGate.Point(w[1], w[2]),
            eighth: IEscrowGate.Point(w[3], w[4]),
            announcedBase: IEscrowGate.Point(w[5], w[6]),
            announcedPoint: IEscrowGate.Point(w[7], w[8]),
            answer: w[9]
        });
    }

    /// @dev What is signed, word for word: chain, group, market, loan, context, arbiter, the part's
    ///      coordinates, the block's number and hash.
    function message(LoanId loanId, IOpeningVerifier.PartialOpening memory opening, uint256 number)
        internal
        view
        returns (uint256[10] memory)
    {
        return [
            block.chainid,
            verifier.groupDigest(),
            uint160(address(stub)),
            LoanId.unwrap(loanId),
            words(".context")[0],
            opening.arbiter,
            opening.part.x,
            opening.part.y,
            number,
            uint256(blockhash(number))
        ];
    }

    function digestOf(uint256[10] memory m) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId)"),
                keccak256("zkcredit escrow"),
                keccak256("1"),
                m[0]
            )
        );
        bytes32 kind = keccak256(
            "Opening(uint256 group,address market,uint256 loanId,uint256 context,uint256 arbiter,uint256 partX,uint256 partY,uint256 blockNumber,bytes32 blockHash)"
        );
        bytes memory head = abi.encode(kind, m[1], m[2], m[3], m[4]);
        bytes memory tail = abi.encode(m[5], m[6], m[7], m[8], m[9]);
        bytes32 content = keccak256(bytes.concat(head, tail));
        return keccak256(bytes.concat(hex"1901", domain, content));
    }

    function signedBy(uint256 key, uint256[10] memory m)
        internal
        pure
        returns (IOpeningVerifier.SignedBlock memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(m));
        return IOpeningVerifier.SignedBlock(m[8], bytes32(m[9]), r, s, v);
    }

    /// @dev The arbiter's own signature for the latest block.
    function signed(LoanId loanId, IOpeningVerifier.PartialOpening memory opening)
        internal
        view
        returns (IOpeningVerifier.SignedBlock memory)
    {
        bool known = opening.arbiter >= 1 && opening.arbiter <= SIZE;
        uint256 key = known ? keys[opening.arbiter - 1] : keys[0];
        return signedBy(key, message(loanId, opening, block.number - 1));
    }
}
