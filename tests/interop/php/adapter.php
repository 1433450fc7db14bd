<?php
/** The scenario through PHP's own SoapClient, which knows nothing but the served WSDL. */

declare(strict_types=1);

const TIMEOUT_S = 30;
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

function service(string $base, string $login, string $soap): SoapClient
{
    static $clients = [];
    return $clients["$login $soap"] ??= new SoapClient("$base/ws/pos_1?wsdl", [
        'login' => $login,
        'password' => $login,
        'soap_version' => $soap === '1.2' ? SOAP_1_2 : SOAP_1_1,
        // Else a list of one comes as its only element.
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        'exceptions' => true,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'connection_timeout' => TIMEOUT_S,
    ]);
}

/** PHP leaves a null property out; a nil has to be made by hand. */
function typed(mixed $value, string $name = ''): mixed
{
    if ($value === null) {
        $nil = sprintf('<p:%s xmlns:p="urn:kopilka:ws:pos:1" xmlns:xsi="%s" xsi:nil="true"/>', $name, XSI);
        return new SoapVar($nil, XSD_ANYXML);
    }
    if ($value instanceof stdClass) {
        $made = [];
        foreach (get_object_vars($value) as $key => $item) {
            $made[$key] = typed($item, $key);
        }
        return $made;
    }
    return is_array($value) ? array_map(typed(...), $value) : $value;
}

foreach (json_decode(file_get_contents($argv[2]), false, 64, JSON_THROW_ON_ERROR) as $step) {
    try {
        $client = service($argv[1], $step->login, $step->soap);
        $line = ['answer' => $client->__soapCall($step->operation, [typed($step->arguments)])->return];
    } catch (SoapFault $fault) {
        $line = isset($fault->detail->error) ? ['fault' => $fault->detail->error] : ['error' => $fault->getMessage()];
    } catch (Throwable $error) {
        $line = ['error' => $error->getMessage()];
    }
    echo json_encode(['step' => $step->step] + $line, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";
}
